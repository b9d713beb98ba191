#include "cluster/events.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <system_error>
#include <vector>

namespace trunkline::cluster {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Events::Events(const std::string& directory) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&wanted, number);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  sigset_t pipe;  // who hears us no more is told of by the write itself
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::sigprocmask(SIG_BLOCK, &pipe, nullptr);
  signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) fail("signalfd");
  files_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (files_ < 0 || ::inotify_add_watch(files_, directory.c_str(), IN_MOVED_TO) < 0)
    fail("inotify");
}

Events::~Events() {
  ::close(signals_);
  ::close(files_);
  for (const auto& [descriptor, line] : lines_) ::close(descriptor);
}

int Events::line_pipe(std::function<void(std::string_view)> line) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  lines_.emplace(ends[0], Line{{}, std::move(line)});
  return ends[1];
}

void Events::wait(std::chrono::milliseconds at_most) {
  std::vector<pollfd> waited{{signals_, POLLIN, 0}, {files_, POLLIN, 0}};
  for (const auto& [descriptor, line] : lines_) waited.push_back({descriptor, POLLIN, 0});
  const auto timeout = std::max<std::int64_t>(at_most.count(), 0);
  if (::poll(waited.data(), waited.size(), static_cast<int>(timeout)) <= 0) return;
  if (waited[0].revents != 0) read_signals();
  if (waited[1].revents != 0) {
    char drained[4096];
    while (::read(files_, drained, sizeof drained) > 0) {
    }
  }
  for (std::size_t i = 2; i < waited.size(); ++i) {
    if (waited[i].revents == 0) continue;
    const auto found = lines_.find(waited[i].fd);
    read_lines(found->first, found->second);
  }
}

bool Events::wait_until(const std::function<bool()>& condition, std::chrono::milliseconds at_most) {
  const int stops = stops_asked_;
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || stops_asked_ > stops) return false;
    wait(left);
  }
  return true;
}

void Events::read_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_, &signal, sizeof signal) == sizeof signal) {
    // SIGHUP means two things: the kernel says that the terminal is gone, anyone else wants a
    // reload.
    const bool is_reload = signal.ssi_signo == SIGHUP && signal.ssi_code != SI_KERNEL;
    if (is_reload) {
      ++reloads_asked_;
    } else if (signal.ssi_signo != SIGCHLD) {
      ++stops_asked_;
    }
  }
}

void Events::read_lines(int descriptor, Line& line) {
  char bytes[4096];
  ssize_t size = 0;
  while ((size = ::read(descriptor, bytes, sizeof bytes)) > 0) {
    line.partial.append(bytes, static_cast<std::size_t>(size));
    for (std::size_t end; (end = line.partial.find('\n')) != std::string::npos;) {
      line.line(std::string_view(line.partial).substr(0, end));
      line.partial.erase(0, end + 1);
    }
  }
  if (size == 0) {  // the child has closed its end
    ::close(descriptor);
    lines_.erase(descriptor);
  }
}

}  // namespace trunkline::cluster
