/** Loaded into the command by bench/cli.ts and bench/report.ts: writes its peak of resident memory down when it ends. */
import { writeFileSync } from 'node:fs';

const file = process.env.RESCIND_PEAK_FILE;
if (file !== undefined) {
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
}
