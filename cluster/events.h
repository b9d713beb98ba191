// What a supervisor waits for, in one place: signals, changed files, lines that children print.
//
// Threads: one. The signals it takes are blocked for the process from construction on, and so is
// SIGPIPE.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace trunkline::cluster {

class Events {
 public:
  // Watches `directory` for files that are renamed into it.
  explicit Events(const std::string& directory);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // A pipe whose other end is `Spawn::output` of a child; `line` gets each line without its end.
  // Close the returned descriptor once the child has been started.
  int line_pipe(std::function<void(std::string_view line)> line);

  // Waits until something happens or the time is over, and handles it. Children that end, and files
  // that change, need no handling of their own: the caller looks again.
  void wait(std::chrono::milliseconds at_most);
  // Waits until `condition` holds; false when the time is over or a stop was asked before that.
  bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds at_most);

  // SIGINT or SIGTERM came, or the terminal went away; how often.
  int stops_asked() const { return stops_asked_; }
  // Somebody sent SIGHUP; how often.
  int reloads_asked() const { return reloads_asked_; }

 private:
  struct Line {
    std::string partial;
    std::function<void(std::string_view)> line;
  };
  void read_signals();
  void read_lines(int descriptor, Line& line);

  int signals_ = -1;
  int files_ = -1;
  int stops_asked_ = 0, reloads_asked_ = 0;
  std::map<int, Line> lines_;
};

}  // namespace trunkline::cluster
