"""The call as the vendor's page shows it: everything from the environment, the room as the only argument."""

import os
import sys

from telnyx import Telnyx

telnyx = Telnyx(api_key=os.environ.get("TELNYX_API_KEY"))
print(telnyx.rooms.actions.generate_join_client_token(room_id=sys.argv[1]).data)
