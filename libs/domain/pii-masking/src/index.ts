export { createPiiMasker, hmacSha256Hex, keySizeBytes, minimumKeyBytes, type PiiMasker, type TreatmentName } from './pii-masker.ts';
export { holdsEmail, redactText } from './redaction.ts';
