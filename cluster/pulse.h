// Whether a job still lives: ranks watch one another, but nobody watches a rank that is alone, or
// notices when all of them hang. So the supervisor asks rank 0 now and then how it is.
//
// Threads: one. It never waits.
#pragma once

#include <chrono>
#include <string>

namespace trunkline::cluster {

class Pulse {
 public:
  static constexpr std::chrono::milliseconds kAskEvery{1'000};
  static constexpr std::chrono::milliseconds kSilenceMax{6'000};  // a neighbour's watch has 5 s

  // `admin_socket`: of rank 0 (wire::RankEntry).
  explicit Pulse(const std::string& admin_socket);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  // Hears what was answered, asks if it is time to. False: what was asked kSilenceMax ago is not
  // answered. Where nobody listens it is true: a job that has died is seen in another way.
  bool beats();
  // When to call beats() next.
  std::chrono::steady_clock::time_point next() const;

 private:
  bool hear();
  void ask();

  std::string path_;
  int socket_ = -1;
  bool waiting_ = false;  // for an answer
  std::chrono::steady_clock::time_point asked_at_, looked_at_;
};

}  // namespace trunkline::cluster
