// Colours that colour-blind readers can tell apart (Okabe and Ito, "Color universal design", 2008),
// in the order in which series take them. Each has a dash and a mark of its own beside it.
#pragma once

#include <cstddef>

namespace trunkline::lab {

inline constexpr std::size_t kLooks = 7;
// On a white ground. The yellow of the set cannot be seen there.
constexpr const char* colour_of(std::size_t look) {
  constexpr const char* kColours[kLooks] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                            "#E69F00", "#56B4E9", "#4D4D4D"};
  return kColours[look % kLooks];
}

// From the least to the most, dark to light, and the same to colour-blind readers (cividis: Nuñez,
// Anderton, Renslow, "Optimizing colormaps with consideration for color vision deficiency", 2018).
inline constexpr const char* kRamp[] = {"#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
                                        "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"};

}  // namespace trunkline::lab
