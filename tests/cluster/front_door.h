// `trunkline …` as a person or a script runs it.
#pragma once

#include <string>

namespace trunkline::tests {

struct Outcome {
  int status = -1;
  std::string output;  // stdout and stderr
};

// The program beside this one, with these words of a shell.
Outcome run(const std::string& arguments, const std::string& input = "");
// A line of a shell, in which `trunkline` is that program.
Outcome run_shell(const std::string& line);

}  // namespace trunkline::tests
