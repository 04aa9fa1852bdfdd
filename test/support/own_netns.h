// A network of our own for the test program.
#pragma once

namespace test {

// Moves the whole process into new user, network and mount namespaces, where it is root and /run is its own.
// Throws std::system_error where the machine does not allow it: tests that were not run must not look like
// tests that passed.
void enter_own_namespaces();

// Moves it on into a fresh, empty network namespace, with lo up; what was in the last one goes. What was
// opened before (sockets, a netlink::Kernel) stays in the old one and must be closed.
void enter_fresh_network();

} // namespace test
