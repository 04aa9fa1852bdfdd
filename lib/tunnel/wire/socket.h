// The socket calls that every kind of wire needs, with errors that name the address.
#pragma once

#include "base/unique_fd.h"
#include "tunnel/config/config.h"

#include <string>

namespace tunnel {

// Non-blocking and closed on exec. `doing` begins the message of any error, in all functions here.
base::UniqueFd open_socket(int family, int type, const std::string& doing);

void set_option(int fd, int level, int option, int value, const std::string& doing);
bool try_option(int fd, int level, int option, int value); // for what is only a wish

void enlarge_receive_buffer(int fd); // as far as the kernel lets us
unsigned receive_buffer(int fd); // what it granted, in bytes

void bind_to(int fd, const SocketAddress&, const std::string& doing);

// The index of the interface; 0 without one. Throws Error if there is no such interface.
unsigned index_of(const std::optional<net::DeviceName>& device);

unsigned find_index(const net::DeviceName& device); // 0 if there is none

// Makes the socket use this interface only, if one is given.
void bind_to_device(int fd, const std::optional<net::DeviceName>& device);

std::string name_of(unsigned index); // "" if there is none
unsigned mtu_of(const std::string& interface); // 0 if there is none

// The address that the socket sends from.
Endpoint local_end(int fd);

} // namespace tunnel
