defmodule Otp.Scaling do
  @moduledoc "How many direct supervisors there should be: in-flight staffing, as ptrd has it, but that it never shrinks."

  # The fast window, 2 s, in ticks.
  @samples 8

  def new(options), do: %{options: options, loads: []}

  def decide(%{options: options} = state, load, size) do
    loads = Enum.take([load | state.loads], @samples)
    mean = Enum.sum(loads) / length(loads)
    slots = mean + :math.sqrt(mean)
    wanted = min(options.max, max(options.min, ceil(slots / options.workers)))

    size =
      if slots > 1.1 * size * options.workers,
        do: max(size, min(wanted, max(size + 1, 2 * size))),
        else: size

    {size, %{state | loads: loads}}
  end
end
