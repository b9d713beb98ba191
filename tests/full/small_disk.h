// A small disk of a test's own: a tmpfs in a mount namespace of this process, where the directories
// of tests go while it lives (TMPDIR). Another process sees nothing of it.
//
// Threads: one, before others are started.
#pragma once

#include <memory>
#include <string>

#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

class SmallDisk {
 public:
  // Nothing where this process may not mount; `why_not` says so.
  static std::unique_ptr<SmallDisk> make(const std::string& size, std::string& why_not);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void fill();   // until nothing is left
  void clear();  // of what filled it

 private:
  explicit SmallDisk(const std::string& size);

  const TemporaryDirectory place_;
  const std::string temporary_;  // TMPDIR as it was
};

}  // namespace trunkline::tests
