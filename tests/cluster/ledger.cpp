#include "tests/cluster/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

namespace trunkline::tests {

Ledger::Ledger(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) throw std::runtime_error("cannot write " + path);
}

Ledger::~Ledger() {
  ::close(file_);
}

void Ledger::write(const std::string& line) {
  if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("a ledger cannot be written");
  }
}

void Ledger::sent(std::string_view id) {
  write("sent " + std::string(id) + "\n");
}
void Ledger::stored(std::string_view id) {
  write("stored " + std::string(id) + "\n");
}
void Ledger::shown(std::uint64_t mseq, std::string_view from, std::string_view id) {
  write("shown " + std::to_string(mseq) + " " + std::string(from) + " " + std::string(id) + "\n");
}

Verdict judge(const std::string& sender_ledger, const std::string& receiver_ledger,
              const std::string& sender) {
  Verdict verdict;
  std::unordered_map<std::string, std::size_t> place;  // of an id in the order of sending
  std::set<std::string> stored;
  std::ifstream sending(sender_ledger);
  for (std::string what, id; sending >> what;) {
    if (what ==
        "shown") {  // the sender's own copies are judged by their numbers at the receiver's turn
      std::string mseq, from;
      sending >> mseq >> from >> id;
      continue;
    }
    sending >> id;
    if (what == "sent") place.emplace(id, place.size());
    if (what == "stored") stored.insert(id);
  }
  std::set<std::string> shown;
  std::uint64_t last_mseq = 0;
  std::size_t next_place = 0;
  std::ifstream receiving(receiver_ledger);
  for (std::string what; receiving >> what;) {
    std::string id, from;
    if (what != "shown") {
      receiving >> id;
      continue;
    }
    std::uint64_t mseq = 0;
    receiving >> mseq >> from >> id;
    if (mseq != last_mseq + 1) ++verdict.holes;
    last_mseq = mseq;
    if (from != sender) continue;
    ++verdict.shown;
    if (!shown.insert(id).second) {
      ++verdict.shown_twice;
      continue;
    }
    const auto found = place.find(id);
    if (found == place.end()) {
      ++verdict.never_sent;
      continue;
    }
    if (found->second < next_place) ++verdict.out_of_order;
    next_place = found->second + 1;
  }
  verdict.sent = place.size();
  verdict.stored = stored.size();
  verdict.unanswered = place.size() - stored.size();
  for (const std::string& id : stored) verdict.acked_lost += shown.count(id) == 0;
  return verdict;
}

}  // namespace trunkline::tests
