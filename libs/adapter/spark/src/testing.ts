export { describeWithPython } from './session/describe-with-python.ts';
export { PythonError, startPython, type ExactValue, type PythonSession, type ScanMetrics, type SqlAnswer } from './session/python-session.ts';
export { preparePython, type PythonEnvironment } from './python/prepare-python.ts';
export { prepareLocked, type EnvironmentLocks, type LockedEnvironment } from './python/locked-environment.ts';
export { findJava, findPython, type Found } from './python/runtimes.ts';
