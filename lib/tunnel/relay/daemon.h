// Relays in the background: started without systemd, and stopped wherever they run.
#pragma once

#include "tunnel/config/config.h"
#include "tunnel/relay/privileges.h"

#include <string>

namespace tunnel {

// Starts the relay in a process of its own, as the user, and returns when it works. Throws Error with the
// relay's own words if it could not begin; then no process is left.
void start_daemon(const Config&, const User&, const std::string& socket);

// Ends the process that answers at the socket: politely, and after five seconds for good. Returns when it
// is gone; at once if there is none. Only a process of the user is ended: the folder of the socket is the
// user's, who could put something else there.
void stop_daemon(const std::string& socket, const User&);

// Tells the service manager, if one started us and asked for it, that the relay works.
void notify_ready();

} // namespace tunnel
