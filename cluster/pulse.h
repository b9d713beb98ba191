// Whether what should serve still answers. What hangs keeps its process and its sockets, so that
// neither the kernel nor mpirun tells of it; therefore the supervisor asks now and then.
//
// Threads: one. It never waits. REQUIRES: SIGPIPE is blocked or ignored (Events does).
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::cluster {

struct PulseConfig {
  // A non-blocking socket, connected or on its way to be; -1: nobody listens.
  std::function<int()> connect;
  std::string question;       // to which there is an answer; any will do
  bool tls = false;           // certificates are not verified: nothing is told
  bool one_question = false;  // a connection
  std::chrono::milliseconds ask_every{0}, silence_max{0};
};
// Rank 0, by its admin socket (wire::RankEntry). Ranks watch one another, with 5 s, but nobody
// watches a rank that is alone, or notices when all of them hang.
PulseConfig rank_pulse(const std::string& admin_socket);
// An edge, by GET /healthz at its URL. It has as long as a client's socket that takes nothing.
// Throws std::runtime_error if the URL is none.
PulseConfig edge_pulse(const std::string& url);

class Pulse {
 public:
  explicit Pulse(PulseConfig config);
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  // Hears what was answered, asks if it is time to. False: what was asked silence_max ago is not
  // answered. Where nobody listens it is true: who has died is seen in another way.
  bool beats();
  // When to call beats() next.
  std::chrono::steady_clock::time_point next() const;
  // What to say when it does not beat: "answered nothing for 10 s".
  std::string silence() const;

 private:
  template <auto Free>
  struct Freed {
    template <class T>
    void operator()(T* what) const {
      Free(what);
    }
  };
  void ask();
  void connect();
  bool hear();

  PulseConfig config_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> tls_;
  std::unique_ptr<BIO, Freed<BIO_free_all>> connection_;
  std::string_view unsaid_;  // of the question
  bool waiting_ = false;     // for an answer
  std::chrono::steady_clock::time_point asked_at_, looked_at_;
};

}  // namespace trunkline::cluster
