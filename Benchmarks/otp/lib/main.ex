defmodule Otp.Main do
  @moduledoc """
  Starts the tree, says `ready`, and answers questions on standard input with a line of JSON each: `status`, and
  `crash N`, which kills N workers one after another and says how many microseconds each replacement took. It ends with
  its input.
  """

  alias Otp.{Application, Counts, FlowManager, Options}

  def run do
    options = Options.parse!(System.argv())
    Counts.create()
    {:ok, _} = Application.start_link(options)
    IO.puts("ready")
    answer()
  end

  defp answer do
    case IO.gets("") do
      "status\n" ->
        FlowManager.status()
        |> Enum.map_join(",", fn {key, value} -> ~s("#{key}":#{value}) end)
        |> then(&IO.puts("{#{&1}}"))

        answer()

      "crash " <> count ->
        count = count |> String.trim() |> String.to_integer()
        FlowManager.watch(self())
        IO.puts("[#{Enum.map_join(1..count, ",", fn _ -> crash() end)}]")
        FlowManager.watch(nil)
        answer()

      _ ->
        System.halt(0)
    end
  end

  defp crash do
    worker = living_worker()
    begin = :erlang.monotonic_time(:nanosecond)
    Process.exit(worker, :kill)

    receive do
      {:ready, _} -> (:erlang.monotonic_time(:nanosecond) - begin) / 1000
    end
  end

  # That a replacement is there may be known before that the one before it has ended: whoever kills that once more waits for
  # ever.
  defp living_worker do
    worker = FlowManager.any_worker()
    if Process.alive?(worker), do: worker, else: living_worker()
  end
end
