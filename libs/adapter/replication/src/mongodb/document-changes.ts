import type { JsonMember } from '@data-master/change-events';
import type { ReplicationTask } from '@data-master/ports';
import type { ChangeStreamDocument, Document } from 'mongodb';
import type { ChangeEmitter, PlannedTable } from '../change-emitter.ts';
import { rowOf, type DocumentRows, type DocumentTable } from '../documents/document-rows.ts';
import type { RejectedRecord } from '../rejected-records.ts';
import { documentMembers, jsonOf } from './document-json.ts';

/** Plans the row of a document. Its `_id` is the key: as a rule of the mapping renames it, or as the contract's one key column is named. */
export function createDocumentPlanner({ mapping, contract }: ReplicationTask, rows: DocumentRows) {
  const keyOf = (schema: string, table: string): string => {
    const { tableName, columns } = mapping.map(schema, table, ['_id']);
    const [key, ...others] = contract?.keyOf(tableName) ?? [];
    return columns.some(({ name, source }) => source === '_id' && name === '_id') && key !== undefined && others.length === 0 ? key : '_id';
  };
  return (schema: string, table: string, document: Document): { planned: PlannedTable; members: JsonMember[] } | { problem: string } | undefined => {
    if (!mapping.select(schema, table)) return undefined;
    const key = keyOf(schema, table);
    const { _id: id, ...rest } = document;
    const idText = jsonOf(id);
    if (key !== '_id' && key in rest) {
      if (jsonOf(rest[key]) !== idText) return { problem: `the document has ${key} besides another _id; expected _id to be the key, as deletes tell no more; rename one of them by a transformation rule` };
      Reflect.deleteProperty(rest, key);
    }
    const members = [{ name: key, text: idText }, ...documentMembers(rest)];
    const of: DocumentTable = { schema, table, key: [key] };
    const planned = rows.plan(of, members);
    return planned === undefined || 'problem' in planned ? planned : { planned, members };
  };
}

type Planner = ReturnType<typeof createDocumentPlanner>;
type TableEvent = 'drop' | 'rename';

/** Hands the events of a change stream to an emitter, which stands at their time. */
export function createEventReader({ mapping, logger, clock }: ReplicationTask, plan: Planner, emitter: ChangeEmitter, onRejected: (record: RejectedRecord) => void): (event: ChangeStreamDocument) => void {
  const emit = (event: ChangeStreamDocument, { db, coll }: { db: string; coll: string }, document: Document, write: (planned: PlannedTable, members: JsonMember[]) => void): void => {
    const planned = plan(db, coll, document);
    if (planned === undefined) return;
    if (!('problem' in planned)) return write(planned.planned, planned.members);
    onRejected({ origin: `${db}.${coll} ${JSON.stringify(event._id)}`, reason: planned.problem, arrivedAt: clock.now(), key: Buffer.from(jsonOf(document['_id'])), value: Buffer.from(jsonOf(document)) });
  };
  const tell = (operation: TableEvent, { db, coll }: { db: string; coll: string }): void => {
    if (!mapping.select(db, coll)) return;
    const mapped = mapping.map(db, coll, []);
    logger.log('error', `source.table_${operation === 'drop' ? 'dropped' : 'renamed'}`, { table: mapped.tableName, remedy: 'its rows stay in the lake' });
    emitter.control(mapped, `${operation}-table`);
  };
  return (event) => {
    switch (event.operationType) {
      case 'insert':
        return emit(event, event.ns, event.fullDocument, (planned, members) => emitter.insert(planned, rowOf(planned, members, false)));
      case 'update':
      case 'replace':
        // A document that was removed since has none to be looked up: its delete follows.
        if (event.fullDocument == null) return;
        return emit(event, event.ns, event.fullDocument, (planned, members) => emitter.update(planned, rowOf(planned, members, false), undefined, false));
      case 'delete':
        return emit(event, event.ns, { _id: (event.documentKey as Document)['_id'] as unknown }, (planned, members) => emitter.delete(planned, rowOf(planned, members, true), true));
      case 'drop':
      case 'rename':
        return tell(event.operationType, event.ns);
      default:
    }
  };
}
