import type { Findings, InspectContext } from '../../../src/sdk/index.js';
import type { ConnectionFields } from '../connection.js';

/** Connects, says so, and ends the connection behind `look`. */
export type Connected<Session> = (
  connection: ConnectionFields,
  context: InspectContext,
  look: (session: Session) => Findings,
) => Findings;
