import { z } from 'zod';
import type { JsonValue } from '../sdk/index.js';

/**
 * A value of any shape within what `JSON.parse` returned. It is passed on as it is: `z.json()` would copy it, and
 * lose a key named `__proto__` on the way.
 */
export const jsonValue = z.custom<JsonValue>((value) => value !== undefined, 'a value is missing');
