/**
 * What a stage's things are called. Several stages may share an account; `production` is the one
 * that is there for good.
 */
export const production = 'production';

/** No dashes: in `rescind-a-lane-b` it must be plain where the stage ends. */
export const stagePattern = /^[a-z][a-z0-9]{0,15}$/;
export const stageRule = 'must be 1-16 lower-case letters or digits, starting with a letter';

/** First part of the names of everything that is created. */
export const prefixOf = (stage: string): string => `rescind-${stage}`;

/** First segment of every secret's name. */
export const secretsPrefixOf = (stage: string): string =>
  stage === production ? 'rescind' : prefixOf(stage);

/** The KMS key that the stage's queues, table and secrets are encrypted with. */
export const keyAliasOf = (stage: string): string => `alias/${prefixOf(stage)}`;
