export { jobPackage, writeJobPackage } from './job-package.ts';
export { folderSettings, formatProperties, glueSettings } from './settings.ts';
export { prepareSpark } from './spark-installation.ts';
export { startSparkDriver, type SparkDriver, type SparkInstallation, type SparkRun, type SparkSubmitOptions } from './spark-submit.ts';
