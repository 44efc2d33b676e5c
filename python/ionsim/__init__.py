"""Run IonQ jobs on your own machine: a fast local simulator for trapped-ion circuits."""
