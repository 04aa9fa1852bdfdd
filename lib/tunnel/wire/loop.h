// Waits for descriptors and deadlines, and calls who asked for them. One thread; while nothing happens it
// sleeps, and wakes for nothing.
#pragma once

#include "base/unique_fd.h"
#include "tunnel/wire/clock.h"

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace tunnel {

class Loop {
public:
    using Handler = std::function<void(std::uint32_t events)>; // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
    using Action = std::function<void()>;
    using Timer = std::uint64_t; // 0 is none

    Loop();

    // A handler may add, change and remove whatever it likes, itself included.
    void watch(int fd, std::uint32_t events, Handler);
    void change(int fd, std::uint32_t events);
    void forget(int fd); // before it is closed

    Timer after(std::chrono::milliseconds delay, Action); // once
    void cancel(Timer);

    void run(); // until stop()
    void stop() { stopped_ = true; }

private:
    int wait_ms() const;
    void run_timers();
    void dispatch(const epoll_event&);

    base::UniqueFd epoll_;
    std::uint64_t next_id_ = 1;
    std::unordered_map<int, std::uint64_t> id_of_;
    std::unordered_map<std::uint64_t, std::shared_ptr<Handler>> handlers_;
    std::map<std::pair<Clock::time_point, Timer>, Action> timers_;
    bool stopped_ = false;
};

} // namespace tunnel
