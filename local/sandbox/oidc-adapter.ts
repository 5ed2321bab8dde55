import type { Adapter, Payload } from 'oidc-provider';

/**
 * Storage for oidc-provider that forgets nothing: the one it brings along keeps 1,000 entries and
 * drops the oldest, which would make tokens look revoked. Expiry is checked by the models.
 */
export function createAdapters(): (model: string) => Adapter {
  const payloads = new Map<string, Payload>();
  const members = new Map<string, Set<string>>();
  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload) => {
        const key = keyOf(id);
        payloads.set(key, payload);
        if (payload.grantId === undefined) return;
        const keys = members.get(payload.grantId) ?? new Set();
        members.set(payload.grantId, keys.add(key));
      },
      find: async (id) => payloads.get(keyOf(id)),
      destroy: async (id) => {
        payloads.delete(keyOf(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const key of members.get(grantId) ?? []) payloads.delete(key);
        members.delete(grantId);
      },
      // Only sign-in sessions, device codes and code exchange need these; a sandbox has none.
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      consume: async () => {},
    };
  };
}
