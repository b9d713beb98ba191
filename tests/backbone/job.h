// A program under mpirun, with a data and a run directory of its own: started, listened to, ended.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace trunkline::backbone {

// The directory that this test program, and so every other program of the build, stands in.
std::string programs();

// One child process, stdout and stderr together.
class Child {
 public:
  // `environment`: NAME=VALUE, added to ours.
  explicit Child(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  ~Child();  // SIGTERM, and after 5 s SIGKILL
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Reads on until `text` has been said. False: it ended, or 20 s have passed.
  bool said(const std::string& text);
  // The exit status in the shell's manner; -1: it still runs after `limit_ms`.
  int ended(int limit_ms = 20'000);
  const std::string& output() const { return output_; }

 private:
  // False: nothing more comes, or the time is over.
  bool read_more(std::int64_t until_us);
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
  int status_ = -1;
};

// mpirun with `ranks` of trunkline-rank, memory store and doorbells unless `more` says otherwise.
class Job {
 public:
  explicit Job(unsigned ranks, std::vector<std::string> more = {},
               std::shared_ptr<tests::TemporaryDirectory> directory = nullptr);

  // Waits until it serves; its output is in the failure otherwise.
  bool serves() { return child_.said("serving:"); }
  Child& child() { return child_; }
  std::string data() const { return directory_->path() + "/data"; }
  std::string run_directory() const { return directory_->path() + "/run"; }
  std::shared_ptr<tests::TemporaryDirectory> directory() const { return directory_; }
  pid_t rank_pid(unsigned rank) const;  // by the cluster file

 private:
  std::shared_ptr<tests::TemporaryDirectory> directory_;
  Child child_;
};

// CPU that a process has used, in microseconds (user and system).
std::int64_t cpu_us(pid_t pid);
// Waits until a process that need not be our child has ended. False: 20 s have passed.
bool ends(pid_t pid);

}  // namespace trunkline::backbone
