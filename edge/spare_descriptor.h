// A descriptor kept for the moment when there are no more: given up, it lets one newcomer in just
// long enough to be sent away, who else would wait in the backlog without a word.
//
// Threads: one.
#pragma once

namespace trunkline::edge {

class SpareDescriptor {
 public:
  SpareDescriptor();
  ~SpareDescriptor();
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // Accepts who waits longest on this listening socket, which does not block, and closes at once.
  // False: nobody waits, or there was no descriptor to spare.
  bool turn_away(int listening);

 private:
  void keep();
  int descriptor_ = -1;
};

}  // namespace trunkline::edge
