/**
 * Stands in for a scan: prints what Gitleaks reports when a person's Polar token has been committed.
 *
 *     npx node docs/recipes/leaked-token/finding.ts PERSON > report.json
 */
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

const [person = ''] = process.argv.slice(2);
const row = new DatabaseSync('.recipe/company.db', { readOnly: true })
  .prepare("SELECT access_token FROM connections WHERE people = ? AND provider = 'polar'")
  .get(person);
const { access_token: Secret } = z.object({ access_token: z.string() }).parse(row);
const finding = {
  RuleID: 'polar-token',
  Description: 'An OAuth token of Polar',
  StartLine: 3,
  EndLine: 3,
  StartColumn: 15,
  EndColumn: 15 + Secret.length,
  Match: Secret,
  Secret,
  File: 'config/staging.env',
  SymlinkFile: '',
  Commit: '3f0e1b7c9d2a4856e1f0a9b8c7d6e5f403122130',
  Entropy: 4.7,
  Author: person,
  Email: `${person}@example.com`,
  Date: '2026-11-21T16:04:11Z',
  Message: 'Make staging work',
  Tags: [],
  Fingerprint: '3f0e1b7c9d2a4856e1f0a9b8c7d6e5f403122130:config/staging.env:polar-token:3',
};
console.log(JSON.stringify([finding], null, 1));
