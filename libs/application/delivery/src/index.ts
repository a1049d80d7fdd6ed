export { deliverChanges, type DeliveryOptions, type DeliveryPorts } from './deliver-changes.ts';
export { routeRecords, type RoutableRecord } from './route-records.ts';
