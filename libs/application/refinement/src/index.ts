export { applyPlan, type ApplyPorts } from './apply-plan.ts';
export { appliedSnapshots, summaryKeys, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
export { planRefinement, refinementLeaseMs, type Layer, type PartitionTuple, type RefinementPlan } from './refinement-plan.ts';
export { refineTable, type RefineCommand, type RefineOutcome, type RefinePorts } from './refine-table.ts';
export { failPlan, settlePlan } from './settle-plan.ts';
export { defineDerivedMerge } from './derived-merge.ts';
export { defineSilverMerge, type MergeDefinition } from './silver-merge.ts';
