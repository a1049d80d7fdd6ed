export { applyPlan, type ApplyPorts, type EngineName, type RefinementEngine } from './apply-plan.ts';
export { applyPlannedRun, handBackRun, type ApplyRunPorts, type RunOutcome } from './apply-planned-run.ts';
export { defineMerge } from './define-merge.ts';
export { createDuckDbEngine, type DuckDbEnginePorts } from './duckdb-engine.ts';
export { chooseEngine, chooseEngineFor, type EngineChoice, type EngineSizes } from './engine-choice.ts';
export { createGlueLakeTables, type GlueLakeTablesOptions } from './glue-lake-tables.ts';
export { appliedSnapshots, summaryKeys, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
export { bronzeRelation, silverRelation, type MergeDefinition } from './merge-definition.ts';
<<<<<<< HEAD
export { affectedPartitions, bronzeInputs, planRefinement, refinementLeaseMs, withinPartitions, type Layer, type PartitionTuple, type PlanCommand, type RefinementPlan } from './refinement-plan.ts';
export { listWaves } from './list-waves.ts';
export { planKeyOf, planObjectSchema } from './plan-object.ts';
export { planTable, type PlannedRun, type PlanTablePorts } from './plan-table.ts';
export { answerPlanner, plannerRequestSchema, type PlannerPorts, type PlannerRequest } from './planner.ts';
export { settleRun, type SettledRun, type SettleRunCommand, type SettleRunPorts } from './settle-run.ts';
=======
export { openLakeTable, type OpenLakeTablePorts } from './open-lake-table.ts';
export { affectedPartitions, bronzeInputs, planRefinement, refinementLeaseMs, withinPartitions, type Layer, type PartitionTuple, type RefinementPlan } from './refinement-plan.ts';
export { refineTable, type RefineCommand, type RefineOutcome, type RefinePorts } from './refine-table.ts';
>>>>>>> lake
export { failPlan, settlePlan } from './settle-plan.ts';
export { emitSparkJobs, emitSparkMerge, type SparkJob } from './spark-jobs.ts';
export { emitSparkPlan, type SparkPlan } from './spark-plan.ts';
export { maintainTable, type MaintenanceReport, type TableMeasure } from './maintain-table.ts';
