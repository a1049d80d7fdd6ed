export { applyPlan, type ApplyPorts, type RefinementEngine } from './apply-plan.ts';
export { defineMerge } from './define-merge.ts';
export { createDuckDbEngine, type DuckDbEnginePorts } from './duckdb-engine.ts';
export { appliedSnapshots, summaryKeys, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
export { bronzeRelation, silverRelation, type MergeDefinition } from './merge-definition.ts';
export { affectedPartitions, bronzeInputs, planRefinement, refinementLeaseMs, withinPartitions, type Layer, type PartitionTuple, type RefinementPlan } from './refinement-plan.ts';
export { refineTable, type RefineCommand, type RefineOutcome, type RefinePorts } from './refine-table.ts';
export { failPlan, settlePlan } from './settle-plan.ts';
