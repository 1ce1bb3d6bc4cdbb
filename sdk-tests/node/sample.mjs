// The call as the vendor's page shows it: everything from the environment, the room as the only argument.
import Telnyx from 'telnyx';

const telnyx = new Telnyx({ apiKey: process.env.TELNYX_API_KEY });
const { data } = await telnyx.rooms.actions.generateJoinClientToken(process.argv[2]);
console.log(data);
