// Rooms and tokens for the browser tests, made as an application's own back end would: with the Node SDK.
import Telnyx from 'telnyx';

export function backEnd({ baseURL, apiKey }) {
  const telnyx = new Telnyx({ baseURL, apiKey });
  const { rooms } = telnyx;
  return {
    telnyx,
    makeRoom: async (settings = {}) => (await rooms.create(settings)).data.id,
    deleteRoom: (id) => rooms.delete(id),
    makeTokens: async (id, ttls = {}) => (await rooms.actions.generateJoinClientToken(id, ttls)).data,
    refresh: async (id, refresh_token) =>
      (await rooms.actions.refreshClientToken(id, { refresh_token })).data.token,
  };
}
