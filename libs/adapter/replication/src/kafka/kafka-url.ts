import { TerminalError } from '@data-master/ports';

/** Where a Kafka is, who connects, and what is read. */
export interface KafkaConnection {
  brokers: string[];
  /** Encrypted, with the certificate of the brokers checked. */
  tls: boolean;
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string };
  /** Whether a topic is read. */
  takesTopic: (topic: string) => boolean;
}

export const kafkaForm = 'kafka://user:password@host:port,host:port/topic,topic?mechanism=SCRAM-SHA-512';
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/**
 * Reads the URL of a Kafka: `kafka+ssl` encrypts; a user authenticates by SASL, PLAIN unless `mechanism` says otherwise; in
 * the names of topics `*` stands for any text, and without names all topics that do not begin with `_` are read.
 */
export function parseKafkaUrl(url: string): KafkaConnection {
  const match = /^kafka(\+ssl)?:\/\/(?:([^:@/?]*):([^@/?]*)@)?([^@/?]+)(?:\/([^?]*))?(?:\?mechanism=([A-Za-z0-9-]+))?$/.exec(url);
  const [, ssl, user, password, hosts = '', names = '', mechanism = 'PLAIN'] = match ?? [];
  const known = mechanisms.find((each) => each === mechanism.toUpperCase());
  if (!match || !known) throw new TerminalError(`the URL of the Kafka source is not understood; expected ${kafkaForm} with one of ${mechanisms.join(', ')}, and user and password percent-encoded; correct it`);
  const patterns = names.split(',').filter((name) => name !== '').map((name) => new RegExp(`^${decodeURIComponent(name).split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`));
  return {
    brokers: hosts.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:9092`)),
    tls: ssl !== undefined,
    ...(user !== undefined && { sasl: { mechanism: known, username: decodeURIComponent(user), password: decodeURIComponent(password ?? '') } }),
    takesTopic: (topic) => (patterns.length === 0 ? !topic.startsWith('_') : patterns.some((pattern) => pattern.test(topic))),
  };
}
