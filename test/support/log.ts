import type { Fields, Log } from '../../shared/log/logger.ts';
import { correlation, type MessageName, messages } from '../../shared/log/messages.ts';

/** A line as it was logged. */
export type Line = Fields & { readonly name: MessageName };

/** A log that keeps its lines for a test to look at, and refuses one that could not be found again. */
export function collectLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  return {
    lines,
    log: (name, fields = {}) => {
      if (!(name in messages)) throw new Error(`there is no message ${name}`);
      lines.push({ name, ...fields });
      const message = messages[name];
      const missing = 'about' in message ? correlation[message.about] : [];
      for (const field of missing) {
        if (fields[field] === undefined) throw new Error(`a line ${name} lacks its ${field}`);
      }
    },
  };
}
