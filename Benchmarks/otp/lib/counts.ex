defmodule Otp.Counts do
  @moduledoc "How many messages were received, processed and killed."

  def create, do: :persistent_term.put(__MODULE__, :counters.new(3, [:write_concurrency]))

  def received(count), do: :counters.add(reference(), 1, count)
  def processed(count), do: :counters.add(reference(), 2, count)
  def killed, do: :counters.add(reference(), 3, 1)

  def get do
    counters = reference()
    for index <- 1..3, do: :counters.get(counters, index)
  end

  defp reference, do: :persistent_term.get(__MODULE__)
end
