import { UsageFault } from '../faults.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: URLs cannot carry them
const awkward = /^~|^\.{1,2}$|[/?#%\\\u0000-\u001f\u007f]/;

/** A person in a path. What would not come through every proxy as it is, goes as base64url behind ~. */
export function subjectPath(subject: string | undefined): string {
  if (subject === undefined || subject === '' || [...subject].length > 256) {
    throw new UsageFault('SUBJECT must be 1 to 256 characters long.');
  }
  const text = awkward.test(subject) ? `~${Buffer.from(subject).toString('base64url')}` : subject;
  return `/v1/subjects/${encodeURIComponent(text)}`;
}

/** @throws UsageFault that does not quote it */
export function grantPath(subject: string | undefined, grant: string | undefined): string {
  if (grant === undefined || !/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/.test(grant)) {
    throw new UsageFault(
      'GRANT must be your own id of the grant: 1 to 128 letters, digits or . _ ~ -, and not . or .. alone. Never a token.',
    );
  }
  return `${subjectPath(subject)}/grants/${grant}`;
}
