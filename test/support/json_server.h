// A server on a Unix socket that answers each message with whatever a test wants: the truth, lies, nothing.
#pragma once

#include "base/unique_fd.h"
#include "ovs/message_scanner.h"
#include "scratch_folder.h"

#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace test {

class JsonServer {
public:
    // Gets a message and a way to send bytes; false closes the connection.
    using Send = std::function<void(const std::string&)>;
    using Answer = std::function<bool(const nlohmann::json&, const Send&)>;

    explicit JsonServer(Answer answer)
        : answer_(std::move(answer))
        , listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path_.begin(), path_.end(), address.sun_path);
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
            || ::listen(listener_.get(), 8) != 0)
            throw std::runtime_error("listening at " + path_);
        thread_ = std::thread([this] { serve(); });
    }
    JsonServer(const JsonServer&) = delete;
    JsonServer& operator=(const JsonServer&) = delete;
    ~JsonServer() { finish(); }

    const std::string& path() const { return path_; }

    // All messages that came; nothing is served any more.
    const std::vector<nlohmann::json>& finish()
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (thread_.joinable())
            thread_.join();
        return seen_;
    }

private:
    void serve()
    {
        for (;;) {
            const base::UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
            if (!client)
                return;
            talk(client.get());
        }
    }
    void talk(int fd)
    {
        const auto send = [fd](const std::string& bytes) {
            for (std::size_t done = 0; done < bytes.size();) {
                const auto sent = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
                if (sent <= 0)
                    return; // the client has had enough
                done += static_cast<std::size_t>(sent);
            }
        };
        ovs::MessageScanner scanner;
        std::array<char, 4096> buffer;
        for (;;) {
            const auto length = ::read(fd, buffer.data(), buffer.size());
            if (length <= 0)
                return;
            scanner.add({buffer.data(), static_cast<std::size_t>(length)});
            while (const auto message = scanner.next()) {
                seen_.push_back(nlohmann::json::parse(*message));
                if (!answer_(seen_.back(), send))
                    return;
            }
        }
    }

    ScratchFolder folder_ = {};
    std::string path_ = folder_.path() + "/db.sock";
    Answer answer_;
    base::UniqueFd listener_;
    std::vector<nlohmann::json> seen_ = {};
    std::thread thread_ = {};
};

} // namespace test
