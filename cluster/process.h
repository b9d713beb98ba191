// One child process: started with its output where we want it, ended by its id and no other way.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace trunkline::cluster {

struct Spawn {
  std::vector<std::string> arguments;    // arguments[0] is looked up in PATH
  std::vector<std::string> environment;  // NAME=VALUE, added to ours
  int output = -1;                       // stdout; -1: the log
  std::string log;                       // stderr (and stdout) are appended there; empty: ours
  bool own_group = true;                 // a terminal's Ctrl-C is ours to handle, not the child's
};

// A child that dies with its parent (PR_SET_PDEATHSIG, SIGTERM). Not copyable; letting go of the
// object does not end the process: end it first.
class Process {
 public:
  Process() = default;
  // Throws std::system_error when it cannot be started (also when exec fails).
  explicit Process(const Spawn& spawn);

  bool running() const { return pid_ > 0 && !status_; }
  pid_t pid() const { return pid_; }
  // Looks whether it has ended, without waiting. True: it has, now or before.
  bool ended();
  // REQUIRES: ended. In the shell's manner: the exit code, or 128 + signal.
  int exit_status() const;
  // REQUIRES: ended. The signal that killed it; 0: it exited.
  int killed_by() const;
  void signal(int number) const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;  // as waitpid gave it
};

// True when `pid` is there and its program's file name is `program`.
bool is_program(pid_t pid, const std::string& program);
// True when `pid` is there and one of its arguments is `argument`.
bool has_argument(pid_t pid, const std::string& argument);
// Those whose program's file name is `program` and which have all of these arguments.
std::vector<pid_t> processes_of(const std::string& program,
                                const std::vector<std::string>& arguments);

}  // namespace trunkline::cluster
