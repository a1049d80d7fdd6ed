export { prepareSpark } from './spark-installation.ts';
export { jobPackage, writeJobPackage } from './job-package.ts';
export { folderSettings, formatProperties, glueSettings } from './settings.ts';
export { submitSparkJob, type SparkInstallation, type SparkRun, type SparkSubmitOptions } from './spark-submit.ts';
