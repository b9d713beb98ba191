#include "lab/move.h"

#include <vector>

namespace trunkline::lab {
namespace {
constexpr std::uint32_t kPauseMaxMs = 1'000;
}

NextEdge next_edge(wire::BytesView urls, std::uint32_t chance) {
  std::vector<wire::BytesView> known;
  while (!urls.empty()) {
    const std::size_t end = urls.find('\n');
    if (end != 0) known.push_back(urls.substr(0, end));
    urls.remove_prefix(end == wire::BytesView::npos ? urls.size() : end + 1);
  }
  NextEdge next;
  if (!known.empty()) next.url = known[chance % known.size()];
  next.pause = std::chrono::milliseconds(chance / 7919 % kPauseMaxMs);
  return next;
}

}  // namespace trunkline::lab
