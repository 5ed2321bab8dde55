import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Recipe } from './recipe.ts';

/** Every token that the company of a recipe keeps. */
export function tokensOf({ folder }: Pick<Recipe, 'folder'>): readonly string[] {
  const database = new DatabaseSync(join(folder, '.recipe/company.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT access_token, refresh_token FROM connections').all();
    return rows.flatMap((row) => Object.values(row).map(String));
  } finally {
    database.close();
  }
}
