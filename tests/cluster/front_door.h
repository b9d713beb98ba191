// `trunkline …` as a person or a script runs it.
#pragma once

#include <string>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

struct Outcome {
  int status = -1;     // -1: it has not ended in two minutes
  std::string output;  // stdout and stderr
};

// A line of a shell, in which `trunkline` is the program beside this one. It begins at once, for a
// test that has something else to do meanwhile; whoever lets go of it ends it.
class ShellLine {
 public:
  explicit ShellLine(const std::string& line);
  ~ShellLine();
  bool ended() { return process_.ended(); }
  Outcome outcome();  // waits for its end

 private:
  TemporaryDirectory directory_;
  cluster::Events events_;
  cluster::Process process_;
};

// `trunkline` with these words of a shell, to its end.
Outcome run(const std::string& arguments, const std::string& input = "");
Outcome run_shell(const std::string& line);

}  // namespace trunkline::tests
