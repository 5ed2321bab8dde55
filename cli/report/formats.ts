export const reportFormats = ['json', 'csv', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** By the file's name, unless told; JSON for what tells nothing. */
export function reportFormatOf(path: string | undefined, told: string | undefined): ReportFormat {
  const ending = /\.(json|csv|html?)$/i.exec(path ?? '')?.[1]?.toLowerCase();
  const name = told ?? (ending === 'htm' ? 'html' : ending);
  return reportFormats.find((format) => format === name) ?? 'json';
}
