// A running relay answers here: who connects writes "text", "json" or "metrics" and a newline, and is told.
#pragma once

#include "tunnel/wire/loop.h"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace tunnel {

class StatusSocket {
public:
    using Answer = std::function<std::string(std::string_view format)>;

    // Takes the place of a socket that nobody listens on. Throws Error if a relay answers there already.
    StatusSocket(Loop&, std::string path, Answer);
    ~StatusSocket(); // removes it
    StatusSocket(const StatusSocket&) = delete;
    StatusSocket& operator=(const StatusSocket&) = delete;

private:
    void accept();
    void reply(int fd);

    static constexpr std::size_t most_clients = 8;

    Loop& loop_;
    std::string path_;
    Answer answer_;
    base::UniqueFd listener_;
    std::unordered_map<int, base::UniqueFd> clients_;
};

// The process that listens there, or nothing if nobody does.
struct Listener {
    base::UniqueFd connection; // as long as the peer has not closed it, the process lives
    int pid = 0;
    unsigned uid = 0; // who it was when it began to listen
};

std::optional<Listener> find_listener(const std::string& path);

// What the relay that listens there says, or nothing if there is none or it does not answer in two seconds.
std::optional<std::string> ask(const std::string& path, std::string_view format);

} // namespace tunnel
