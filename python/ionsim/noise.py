"""Noise models: what noise follows each gate of a simulated machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType

from .errors import InputError, Problem, format_value
from .kraus import KrausChannel, check_channel

__all__ = ["IDEAL", "MODELS", "NoiseModel", "get_model"]


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """Depolarizing noise after every gate, optional Kraus channels, an optional readout flip.

    After a gate on one qubit the state rho becomes ``(1 - r1) rho + r1 tr_q(rho) (x) I/2``: with
    probability `r1` the qubit is hit by a uniformly random Pauli, the identity included, so an
    error happens with probability 3/4 r1. After a gate on two qubits the same with `r2`, both
    qubits and 15/16 r2. Gates on more qubits are first broken up into such gates.

    Parameters
    ----------
    name : str
        Name of the model.
    r1, r2 : float
        Depolarizing rates, 0 to 1.
    readout_flip : float
        Probability that a measured bit is flipped, 0 to 1.
    qubit_limit : int or None
        Qubits of the modelled machine; None for no limit.
    note : str
        What users should know about where the numbers come from; shown as a warning.
    kraus1, kraus2 : KrausChannel or None
        A further channel after every gate on one qubit, and on two, behind the depolarizing one. A
        channel on one qubit as `kraus2` acts on each of the two.

    Raises
    ------
    InputError
        A rate lies outside 0..1, or a channel does not fit.

    Examples
    --------
    >>> model = get_model("aria-1").replace(r2=0.02)
    >>> model.r1, model.r2
    (0.0005, 0.02)
    """

    name: str
    r1: float = 0.0
    r2: float = 0.0
    readout_flip: float = 0.0
    qubit_limit: int | None = None
    note: str = ""
    kraus1: KrausChannel | None = None
    kraus2: KrausChannel | None = None

    def __post_init__(self) -> None:
        problems = []
        for field in ("r1", "r2", "readout_flip"):
            value = getattr(self, field)
            number = isinstance(value, Real) and not isinstance(value, bool)
            if number and 0.0 <= value <= 1.0:  # NaN is not
                object.__setattr__(self, field, float(value))
                continue
            came, message = format_value(value), "not a probability"
            problems.append(Problem("InvalidInput", f"noise.{field}", came, message, "0 to 1"))
        limit = self.qubit_limit
        whole = isinstance(limit, Integral) and not isinstance(limit, bool)
        if limit is not None and not (whole and limit >= 1):
            allowed = "an integer from 1, or None"
            problems.append(
                Problem(
                    "InvalidInput",
                    "noise.qubit_limit",
                    format_value(limit),
                    "not a number of qubits",
                    allowed,
                )
            )
        for field, qubits in (("kraus1", 1), ("kraus2", 2)):
            problem = check_channel(f"noise.{field}", getattr(self, field), qubits)
            if problem is not None:
                problems.append(problem)
        if problems:
            raise InputError(problems)

    @property
    def is_ideal(self) -> bool:
        """Nothing in this model disturbs a circuit."""
        rates = self.r1 == 0.0 and self.r2 == 0.0 and self.readout_flip == 0.0
        return rates and self.kraus1 is None and self.kraus2 is None

    @property
    def is_approximate(self) -> bool:
        """The provider has not published these numbers."""
        return bool(self.note)

    def replace(
        self,
        *,
        r1: float | None = None,
        r2: float | None = None,
        readout_flip: float | None = None,
    ) -> NoiseModel:
        """Return the model with other numbers.

        Parameters
        ----------
        r1, r2, readout_flip : float or None
            New values, 0 to 1; None keeps the old one.

        Returns
        -------
        NoiseModel
            A new model of the same name.

        Raises
        ------
        InputError
            A value lies outside 0..1.

        Examples
        --------
        >>> get_model("ideal").replace(readout_flip=0.01).is_ideal
        False
        """
        return dataclasses.replace(
            self,
            r1=self.r1 if r1 is None else r1,
            r2=self.r2 if r2 is None else r2,
            readout_flip=self.readout_flip if readout_flip is None else readout_flip,
        )

    def with_kraus(
        self, kraus1: KrausChannel | None = None, kraus2: KrausChannel | None = None
    ) -> NoiseModel:
        """Return the model with other Kraus channels.

        Parameters
        ----------
        kraus1, kraus2 : KrausChannel or None
            New channels after gates on one and on two qubits; None keeps the old one.

        Returns
        -------
        NoiseModel
            A new model of the same name.

        Raises
        ------
        InputError
            A channel does not fit.

        Examples
        --------
        >>> damping = KrausChannel.amplitude_damping(0.001)
        >>> get_model("aria-1").with_kraus(damping, damping).kraus2
        KrausChannel(2 operators, 2 x 2)
        """
        return dataclasses.replace(
            self,
            kraus1=self.kraus1 if kraus1 is None else kraus1,
            kraus2=self.kraus2 if kraus2 is None else kraus2,
        )


IDEAL = NoiseModel("ideal")

# Rates: IonQ's documentation page "Simulation with Noise Models". harmony's own formula is not
# published; its r1 = 2 (1 - F1) and r2 = 4/3 (1 - F2) give the published average gate fidelities,
# F1 = 99.35 % and F2 = 96.02 %.
MODELS: Mapping[str, NoiseModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            IDEAL,
            NoiseModel(
                "harmony",
                r1=0.013,
                r2=0.05306666666666667,
                qubit_limit=11,
                note="harmony's noise formula is not published; depolarizing rates are used that "
                "give its published average gate fidelities (99.35 % and 96.02 %)",
            ),
            NoiseModel("aria-1", r1=0.0005, r2=0.0133, qubit_limit=25),
            NoiseModel("aria-2", r1=0.0006573333333333332, r2=0.01856, qubit_limit=25),
            NoiseModel(
                "forte-1", r1=0.0002666666666666667, r2=0.004949333333333333, qubit_limit=36
            ),
            NoiseModel(
                "forte-enterprise-1",
                r1=0.0002666666666666667,
                r2=0.004949333333333333,
                qubit_limit=36,
                note="the rates of forte-enterprise-1 are not published; those of forte-1 are used",
            ),
        )
    }
)
"""The published models by name."""

_ALIASES = {"harmony-1": "harmony", "harmony-2": "harmony"}


def get_model(name: str) -> NoiseModel:
    """Find a published noise model.

    Parameters
    ----------
    name : str
        One of `MODELS`, or ``harmony-1`` or ``harmony-2`` for ``harmony``.

    Returns
    -------
    NoiseModel
        The model with its published numbers.

    Raises
    ------
    InputError
        There is no such model.

    Examples
    --------
    >>> get_model("forte-1").qubit_limit
    36
    """
    try:
        return MODELS[_ALIASES.get(name, name)]
    except (KeyError, TypeError):
        message = "no such noise model"
        problem = Problem("InvalidInput", "noise.model", repr(name), message, ", ".join(MODELS))
        raise InputError(problem) from None
