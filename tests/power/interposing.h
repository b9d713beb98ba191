// Programs that are started with the interposer before their C library: by the environment, which
// children inherit.
//
// Threads: one; one at a time.
#pragma once

#include <map>
#include <string>

namespace trunkline::power {

// Sets variables of the environment, and takes them away again.
class Variables {
 public:
  explicit Variables(std::map<std::string, std::string> variables);
  ~Variables();
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  const std::map<std::string, std::string> variables_;
};

// While it lives, programs that are started are traced: files below `data`, into `trace`.
class Tracing {
 public:
  // `more`: variables; what a disk that lies, or calls that fail, are told by.
  Tracing(const std::string& data, const std::string& trace,
          const std::map<std::string, std::string>& more = {});

 private:
  const Variables variables_;
};

// While it lives, calls of programs that are started can be made to fail or to take long: on files
// below `data`.
class Faults {
 public:
  // `orders`: a file that is not there.
  Faults(const std::string& data, const std::string& orders);
  // From now on (faults.h); empty: all is well again.
  void order(const std::string& what) const;

 private:
  const std::string orders_;
  const Variables variables_;
};

// The directory of the test program, where the others stand.
std::string program_directory();

}  // namespace trunkline::power
