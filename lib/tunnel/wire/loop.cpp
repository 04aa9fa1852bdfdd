#include "tunnel/wire/loop.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

namespace tunnel {

Loop::Loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_)
        throw base::SystemError(errno, "making an epoll descriptor");
}

void Loop::watch(int fd, std::uint32_t events, Handler handler)
{
    const auto id = next_id_++;
    epoll_event event{events, {.u64 = id}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        throw base::SystemError(errno, "watching a descriptor");
    id_of_[fd] = id;
    handlers_[id] = std::make_shared<Handler>(std::move(handler));
}

void Loop::change(int fd, std::uint32_t events)
{
    epoll_event event{events, {.u64 = id_of_.at(fd)}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
        throw base::SystemError(errno, "watching a descriptor");
}

void Loop::forget(int fd)
{
    const auto found = id_of_.find(fd);
    if (found == id_of_.end())
        return;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    handlers_.erase(found->second);
    id_of_.erase(found);
}

Loop::Timer Loop::after(std::chrono::milliseconds delay, Action action)
{
    const auto timer = next_id_++;
    timers_.emplace(std::pair(Clock::now() + delay, timer), std::move(action));
    return timer;
}

void Loop::cancel(Timer timer)
{
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
}

int Loop::wait_ms() const
{
    if (timers_.empty())
        return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

void Loop::run_timers()
{
    while (!timers_.empty() && timers_.begin()->first.first <= Clock::now()) {
        const auto action = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        action();
    }
}

void Loop::dispatch(const epoll_event& event)
{
    const auto found = handlers_.find(event.data.u64);
    if (found == handlers_.end())
        return; // forgotten by an earlier handler of the same round
    const auto handler = found->second; // stays alive even if it forgets itself
    (*handler)(event.events);
}

void Loop::run()
{
    std::array<epoll_event, 64> events;
    while (!stopped_) {
        const auto count = epoll_wait(epoll_.get(), events.data(), events.size(), wait_ms());
        if (count < 0 && errno != EINTR)
            throw base::SystemError(errno, "waiting for something to do");
        for (int i = 0; i < count && !stopped_; ++i)
            dispatch(events[static_cast<std::size_t>(i)]);
        if (!timers_.empty())
            run_timers();
    }
}

} // namespace tunnel
