// One line of progress on stderr: written over on a terminal, else told again every five seconds.
// Under mpirun a terminal cannot be told from a pipe (open-mpi/ompi#7868), so there it is none;
// what goes to a file never has a control character.
#pragma once

#include <string>

namespace trunkline::lab {

class ProgressLine {
 public:
  ProgressLine();
  // `at_once`: also where lines are seldom.
  void show(const std::string& line, bool at_once = false);
  // Leaves a terminal as it was.
  void clear() const;

 private:
  bool terminal_;
  double last_s_ = -1e9;
};

}  // namespace trunkline::lab
