defmodule Otp.Application do
  @moduledoc "The tree."
  use Supervisor

  def start_link(options), do: Supervisor.start_link(__MODULE__, options, name: __MODULE__)

  @impl true
  def init(options) do
    receivers = Enum.map(options.paths, &{Otp.Receiver, &1})
    children = [Otp.MainSupervisor, Otp.FlowManager | receivers]
    Supervisor.init(children, strategy: :one_for_one, max_restarts: 5, max_seconds: 60)
  end
end

defmodule Otp.MainSupervisor do
  @moduledoc "Has as many direct supervisors as are wanted."
  use DynamicSupervisor

  def start_link(_), do: DynamicSupervisor.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_),
    do: DynamicSupervisor.init(strategy: :one_for_one, max_restarts: 20, max_seconds: 10)

  def add, do: {:ok, _} = DynamicSupervisor.start_child(__MODULE__, Otp.DirectSupervisor)

  def add_later(count), do: spawn(fn -> for _ <- 1..count, do: add() end)
end

defmodule Otp.DirectSupervisor do
  @moduledoc "Has a fixed number of workers."
  use Supervisor

  def start_link(_), do: Supervisor.start_link(__MODULE__, Otp.Options.get())

  @impl true
  def init(options) do
    children = for number <- 1..options.workers, do: Supervisor.child_spec(Otp.Worker, id: number)

    Supervisor.init(children,
      strategy: :one_for_one,
      max_restarts: options.restarts,
      max_seconds: 1
    )
  end
end
