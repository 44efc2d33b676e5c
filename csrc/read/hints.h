#pragma once

#include <span>
#include <string_view>

namespace ionsim {

// The one name nearest to a misspelt one; empty when none is near or the choice is open.
std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> names);

}  // namespace ionsim
