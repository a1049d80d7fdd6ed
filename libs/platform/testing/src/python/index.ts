export { preparePython, type PythonEnvironment } from './prepare-python.ts';
export {
  PythonError,
  startPython,
  type ExactValue,
  type PythonSession,
  type ScanMetrics,
  type SqlAnswer,
} from './python-session.ts';
export type { Found } from './runtimes.ts';
